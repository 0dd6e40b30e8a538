package import StemmaRegistry

/// The registry's services as the API calls them.
package struct Services: Sendable {
    package let core: RegistryCore
    package let models: ModelService
    package let versions: VersionService
    package let artifacts: ArtifactService
    package let blobs: BlobService
    package let uploads: UploadService
    package let aliases: AliasService
    package let access: AccessService
    package let audit: AuditService
    package let policies: PolicyService
    package let refusals: RefusalLog
    package let tokens: TokenDirectory

    package init(core: RegistryCore, tokens: TokenDirectory) {
        self.core = core
        self.tokens = tokens
        refusals = RefusalLog(core: core)
        blobs = BlobService(core: core)
        models = ModelService(core: core)
        versions = VersionService(core: core)
        artifacts = ArtifactService(core: core, blobs: blobs)
        uploads = UploadService(core: core, blobs: blobs)
        aliases = AliasService(core: core)
        access = AccessService(core: core)
        policies = PolicyService(core: core)
        audit = AuditService(core: core, refusals: refusals)
    }
}
