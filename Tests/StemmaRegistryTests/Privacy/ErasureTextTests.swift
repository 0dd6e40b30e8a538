import StemmaRegistry
import Testing

/// How names are found in stored texts, and what takes their places.
@Suite struct ErasureTextTests {
    private let text = ErasureText(["bob@example.com", "Robert Stone", "Jürgen Özil", "José"], replacement: "p_1")

    @Test(
        arguments: [
            ("ask Robert Stone", "ask p_1"), ("ROBERT STONE\nBob@Example.com", "p_1\np_1"),
            ("line\nRobert Stone\tthen", "line\np_1\tthen"), ("robert stonework", nil), ("xbob@example.com", nil),
            ("JÜRGEN ÖZIL", "p_1"), ("jürgen Özil,", "p_1,"), ("Jose\u{301} here", "p_1 here"),
            ("https://x.example/?user=bob%40example.com&a=1", "https://x.example/?user=p_1&a=1"),
            ("Robert%20Stone Robert+Stone", "p_1 p_1"), ("nobody", nil), ("", nil),
        ] as [(String, String?)])
    func findsNamesHoweverTheyAreWritten(stored: String, expected: String?) {
        #expect(text.replaced(stored) == expected)
        #expect(text.replaced(stored, as: .prose) == expected)
        #expect(text.replaced(stored, as: .structure) == nil)
    }

    @Test func findsNamesBehindEscapesInBytes() {
        for stored in [#""a\nRobert Stone""#, #""\tbob@example.com""#, #""\u000bRobert Stone""#, "Robert Stone"] {
            #expect(text.count(in: Array(stored.utf8)) == 1, "\(stored)")
            #expect(text.occurs(inJSON: Array(stored.utf8)), "\(stored)")
        }
        #expect(text.count(in: Array("xRobert Stone nRobert Stone".utf8)) == 0)
    }

    @Test func namesOfOpenMembersGoTooAndStayApart() {
        let stored: String =
            #"{"bob@example.com":1,"Robert Stone":{"phone":"x"},"keep":["José",2],"p_1_2":true,"a\nb":"c\nRobert Stone"}"#
        #expect(
            text.replaced(stored, as: .open)
                == #"{"p_1":1,"p_1_3":{"phone":"x"},"keep":["p_1",2],"p_1_2":true,"a\nb":"c\np_1"}"#)
        #expect(text.replaced(#"{"keep":"x"}"#, as: .open) == nil)
        let number = ErasureText(["5551234"], replacement: "p_1")
        #expect(number.replaced(#"{"phone":5551234,"n":555}"#, as: .open) == #"{"phone":"p_1","n":555}"#)
    }

    @Test func wordsOfTheRegistryStay() {
        let word = ErasureText(["publisher"], replacement: "p_1")
        let document: String =
            #"{"roles":["publisher"],"owner":"publisher","state":"publisher","publisher":1,"note":"by publisher","path":"a publisher"}"#
        #expect(
            word.replaced(document, as: .document)
                == #"{"roles":["publisher"],"owner":"p_1","state":"publisher","publisher":1,"note":"by p_1","path":"a p_1"}"#
        )
        let definition: String = #"{"reviewers":["publisher"],"owner":"publisher","description":"the publisher may"}"#
        #expect(
            word.replaced(definition, as: .definition)
                == #"{"reviewers":["publisher"],"owner":"publisher","description":"the p_1 may"}"#)
        // Members that people fill keep nothing.
        #expect(
            word.replaced(#"{"metadata":{"publisher":"publisher"}}"#, as: .document) == #"{"metadata":{"p_1":"p_1"}}"#)
    }

    @Test func textsGoAndNamesOfMembersStayInValues() {
        let word = ErasureText(["alice", "from"], replacement: "p_1")
        #expect(
            word.replaced(#"{"from":"alice","to":["bob","alice"],"alice":1}"#, as: .values)
                == #"{"from":"p_1","to":["bob","p_1"],"alice":1}"#)
        // What is no JSON is no document: such a word may be one of the registry's.
        #expect(word.replaced("alice", as: .document) == nil)
        #expect(
            word.replaced(#"{"features":["alice-1"],"note":"alice-1"}"#, as: .document)
                == #"{"features":["alice-1"],"note":"p_1-1"}"#)
    }
}
