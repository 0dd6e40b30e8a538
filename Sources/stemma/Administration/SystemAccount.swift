internal import Glibc

/// The account that runs the process.
enum SystemAccount {
    /// Its name, or its number where it has none.
    static var name: String {
        let number: uid_t = getuid()
        guard let entry = getpwuid(number), let name = entry.pointee.pw_name else { return String(number) }
        return String(cString: name)
    }
}
