package import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

/// Errors as clients see them: `application/problem+json` (RFC 9457).
package enum Problem {
    /// The one table from code to status and title.
    static func row(_ code: StemmaErrorCode) -> (status: Int, title: String) {
        switch code {
        case .malformedJSON: (400, "Malformed JSON")
        case .invalidRequest: (400, "Invalid request")
        case .invalidName: (400, "Invalid name")
        case .invalidFilter: (400, "Invalid filter or order")
        case .invalidCursor: (400, "Invalid cursor")
        case .incompleteBody: (400, "Incomplete body")
        case .unauthenticated: (401, "Authentication needed")
        case .permissionDenied: (403, "Permission denied")
        case .selfApproval: (403, "Own version")
        case .routeNotFound: (404, "No such resource")
        case .modelNotFound: (404, "No such model")
        case .versionNotFound: (404, "No such version")
        case .aliasNotFound: (404, "No such alias")
        case .artifactNotFound: (404, "No such artifact")
        case .blobNotFound: (404, "No such blob")
        case .uploadNotFound: (404, "No such upload")
        case .tokenNotFound: (404, "No such token")
        case .auditEventNotFound: (404, "No such audit event")
        case .tileNotFound: (404, "No such tile")
        case .lifecycleRevisionNotFound: (404, "No such lifecycle revision")
        case .quarantineNotFound: (404, "No such quarantine")
        case .policyNotFound: (404, "No such policy")
        case .policyRunNotFound: (404, "No such policy run")
        case .rolloutNotFound: (404, "No such rollout")
        case .deploymentNotFound: (404, "No such deployment")
        case .environmentNotFound: (404, "No such environment")
        case .entityNotFound: (404, "No such lineage entity")
        case .edgeNotFound: (404, "No such lineage edge")
        case .assessmentNotFound: (404, "No such impact assessment")
        case .reproductionNotFound: (404, "No such reproduction")
        case .experimentNotFound: (404, "No such experiment")
        case .evaluationNotFound: (404, "No such evaluation")
        case .legalHoldNotFound: (404, "No such legal hold")
        case .erasureNotFound: (404, "No such erasure")
        case .auditEventPruned: (410, "Audit event pruned")
        case .scanNotFound: (404, "No such compliance scan")
        case .violationNotFound: (404, "No such violation")
        case .frameworkNotFound: (404, "No such framework")
        case .incidentNotFound: (404, "No such incident")
        case .webhookNotFound: (404, "No such webhook")
        case .webhookDeliveryNotFound: (404, "No such delivery")
        case .modelExists: (409, "Model exists")
        case .nameRetired: (409, "Name retired")
        case .versionExists: (409, "Version exists")
        case .missingBlobs: (409, "Blobs missing")
        case .bumpTooSmall: (409, "Version bump too small")
        case .immutableField: (409, "Field is immutable")
        case .notDraft: (409, "Version is published")
        case .draftVersion: (409, "Version is a draft")
        case .modelInUse: (409, "Model in use")
        case .versionInUse: (409, "Version in use")
        case .aliasComputed: (409, "Alias is computed")
        case .aliasStateRefused: (409, "Alias refuses this state")
        case .transitionRefused: (409, "Transition refused")
        case .rollbackRefused: (409, "Rollback refused")
        case .policyExists: (409, "Policy exists")
        case .policyRunning: (409, "Policy is running")
        case .rolloutRunning: (409, "Rollout is running")
        case .rolloutEnded: (409, "Rollout has ended")
        case .rolloutStepNotReady: (409, "Rollout step is not ready")
        case .notReady: (409, "Not ready")
        case .deploymentStatusRefused: (409, "Deployment status refused")
        case .entityInUse: (409, "Lineage entity in use")
        case .entityManaged: (409, "Lineage entity is kept by the registry")
        case .lineageCycle: (409, "Lineage cycle")
        case .assessmentClosed: (409, "Impact assessment is closed")
        case .experimentExists: (409, "Experiment exists")
        case .experimentRunning: (409, "Experiment is not over")
        case .experimentEnded: (409, "Experiment has ended")
        case .datasetMismatch: (409, "Datasets differ")
        case .evaluationExists: (409, "Evaluation exists")
        case .scanRunning: (409, "Compliance scan is running")
        case .sodViolation: (409, "Segregation of duties")
        case .violationClosed: (409, "Violation is closed")
        case .webhookDisabled: (409, "Webhook is disabled")
        case .uploadOffsetConflict: (409, "Offset conflict")
        case .uploadCompleted: (409, "Upload is complete")
        case .uploadBusy: (409, "Upload is busy")
        case .idempotencyKeyInFlight: (409, "Request in flight")
        case .legalHold: (409, "Legal hold")
        case .erasureRefused: (409, "Erasure refused")
        case .retentionRefused: (409, "Retention refused")
        case .staleETag: (412, "Precondition failed")
        case .payloadTooLarge: (413, "Payload too large")
        case .unsupportedMediaType: (415, "Unsupported media type")
        case .rangeNotSatisfiable: (416, "Range not satisfiable")
        case .validationFailed: (422, "Validation failed")
        case .webhookURLRefused: (422, "Webhook URL refused")
        case .idempotencyKeyReused: (422, "Idempotency key reused")
        case .digestMismatch: (422, "Digest mismatch")
        case .internalError: (500, "Internal error")
        case .blobCorrupt: (500, "Blob corrupt")
        case .writesSuspended: (503, "Writes suspended")
        case .auditTampered: (503, "Audit log tampered with")
        case .shuttingDown: (503, "Shutting down")
        case .overloaded: (503, "Overloaded")
        case .insufficientStorage: (507, "Insufficient storage")
        }
    }

    /// The status of an error. A name that came in a body is a fault of that body like any other.
    static func status(_ error: StemmaError) -> Int {
        error.code == .invalidName && !error.faults.isEmpty ? 422 : row(error.code).status
    }

    static func response(_ error: StemmaError, requestID: String) -> HTTPResponse {
        let status: Int = status(error)
        var response: HTTPResponse = document(
            status: status, code: error.code.rawValue, title: row(error.code).title, detail: error.detail,
            requestID: requestID, faults: error.faults, members: error.members)
        switch error.code {
        case .unauthenticated:
            response.headers.append("www-authenticate", "Bearer realm=\"stemma\"")
        case .uploadOffsetConflict:
            if let offset = error.members["expected-offset"]?.integer {
                response.headers.append("upload-offset", String(offset))
            }
        case .rangeNotSatisfiable:
            if let size = error.members["size_bytes"]?.integer {
                response.headers.append("content-range", "bytes */\(size)")
            }
        case .writesSuspended, .overloaded, .shuttingDown, .idempotencyKeyInFlight:
            response.headers.append("retry-after", "1")
        default: break
        }
        return response
    }

    static func document(
        status: Int, code: String, title: String, detail: String, requestID: String, faults: [StemmaError.Fault] = [],
        members: [String: JSONValue] = [:]
    ) -> HTTPResponse {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.field("type", "urn:stemma:problem:" + code)
        writer.field("title", title)
        writer.field("status", status)
        writer.field("detail", detail)
        writer.field("instance", requestID)
        writer.field("code", code)
        writer.key("errors")
        writer.beginArray()
        for fault in faults {
            writer.beginObject()
            writer.field("pointer", fault.pointer)
            writer.field("detail", fault.detail)
            writer.endObject()
        }
        writer.endArray()
        for (name, value) in members.sorted(by: { $0.key < $1.key }) { writer.field(name, value) }
        writer.endObject()
        return HTTPResponse(
            status: status,
            headers: HTTPFields([("content-type", "application/problem+json"), ("cache-control", "no-store")]),
            body: .bytes(writer.finish()))
    }

    /// Renders whatever went wrong; `report` gets the causes that clients must not see.
    package static func renderer(report: @escaping @Sendable (String, String) -> Void) -> ErrorRenderer {
        { error, identity in
            switch error {
            case let error as StemmaError:
                if let cause = error.cause { report("\(error.code.rawValue): \(cause)", identity.requestID) }
                return response(error, requestID: identity.requestID)
            case let error as HTTPError:
                return document(
                    status: error.status, code: error.code, title: StatusPhrase.of(error.status), detail: error.detail,
                    requestID: identity.requestID)
            case let error as MethodNotAllowed:
                var answer: HTTPResponse = document(
                    status: 405, code: error.httpError.code, title: StatusPhrase.of(405),
                    detail: error.httpError.detail,
                    requestID: identity.requestID)
                answer.headers.append("allow", error.allow)
                return answer
            default:
                report("unexpected: \(error)", identity.requestID)
                return response(
                    StemmaError(.internalError, "the registry failed to answer; its log has the request id"),
                    requestID: identity.requestID)
            }
        }
    }
}
