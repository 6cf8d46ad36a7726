import Files
import FoundationEssentials
import Glibc

/// Where the model is that `asr` uses when none is named.
///
/// A model is a folder below a `models` folder. The `models` folder is the first of these that exists:
/// 1. the value of the environment variable `ASR_MODELS`; when it is set, nothing else is looked at;
/// 2. `../share/asr/models` seen from the folder of the program (`make install`);
/// 3. `models` beside the `.build` folder that the program lies in (`swift build` in a checkout).
public enum BuiltInModel {
    /// The folder name of the model that is used when none is named.
    public static let name = "whisper-tiny.en-int8"

    /// The environment variable that names another `models` folder.
    public static let environmentVariable = "ASR_MODELS"

    /// The folder of the built-in model called `name`, as this process finds it.
    ///
    /// - Throws: `BuiltInModelError` with every folder that was looked at.
    public static func directory(named name: String = Self.name) throws(BuiltInModelError) -> String {
        try directory(named: name, modelsFolder: modelsFolder, executable: executablePath())
    }

    /// The folder of the built-in model called `name`.
    ///
    /// - Parameters:
    ///   - modelsFolder: the value of `ASR_MODELS`; nil or empty when it is not set.
    ///   - executable: the absolute path of the program, symbolic links resolved.
    /// - Throws: `BuiltInModelError` when none of the folders holds `name/config.json`.
    public static func directory(
        named name: String, modelsFolder: String?, executable: String
    ) throws(BuiltInModelError) -> String {
        let candidates = modelsFolders(modelsFolder: modelsFolder, executable: executable).map { "\($0)/\(name)" }
        for candidate in candidates where FileManager.default.fileExists(atPath: "\(candidate)/config.json") {
            return candidate
        }
        throw BuiltInModelError(name: name, candidates: candidates)
    }

    /// Every built-in model, by name, as this process finds them: the first `models` folder that holds a name has it.
    ///
    /// - Throws: `BuiltInModelError` when there is none.
    public static func all() throws(BuiltInModelError) -> [(name: String, directory: String, byteCount: Int)] {
        let folders = modelsFolders(modelsFolder: modelsFolder, executable: executablePath())
        var found: [String: (directory: String, byteCount: Int)] = [:]
        for folder in folders {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where found[name] == nil {
                let directory = "\(folder)/\(name)"
                guard FileManager.default.fileExists(atPath: "\(directory)/config.json") else { continue }
                var status = stat()
                let weights = stat("\(directory)/model.safetensors", &status) == 0 ? Int(status.st_size) : 0
                found[name] = (directory, weights)
            }
        }
        if found.isEmpty { throw BuiltInModelError(name: name, candidates: folders.map { "\($0)/\(name)" }) }
        return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value.directory, $0.value.byteCount) }
    }

    /// The folder of a model that goes with others: where `ASR_MODELS` names a folder without it, it is looked for in the other places too.
    ///
    /// - Throws: `BuiltInModelError` with every folder that was looked at.
    public static func companionDirectory(named name: String) throws(BuiltInModelError) -> String {
        let folders =
            (modelsFolder.map { [$0] } ?? []) + modelsFolders(modelsFolder: nil, executable: executablePath())
        let candidates = folders.map { "\($0)/\(name)" }
        for candidate in candidates where FileManager.default.fileExists(atPath: "\(candidate)/config.json") {
            return candidate
        }
        throw BuiltInModelError(name: name, candidates: candidates)
    }

    /// The folder that is meant by `model`: a path, the name of a built-in model, or nil for the one called `name`.
    ///
    /// What has a slash in it or exists is a path.
    ///
    /// - Throws: `ModelError` for a text that is neither; `BuiltInModelError` where there is no built-in model.
    public static func directory(for model: String?) throws -> String {
        guard let model else { return try directory() }
        if model.contains("/") || FileManager.default.fileExists(atPath: model) { return model }
        do {
            return try directory(named: model)
        } catch {
            let others = error.candidates.map { ", nor \($0)" }.joined()
            let names = (try? all())?.map(\.name).filter { $0 != VoiceActivityModel.builtInName } ?? []
            throw ModelError(
                "\(model): no such model folder\(others); name a folder with config.json and model.safetensors"
                    + (names.isEmpty ? "" : ", or what is built in (\(names.joined(separator: ", ")))"))
        }
    }

    /// The `models` folders to look at, in this order.
    public static func modelsFolders(modelsFolder: String?, executable: String) -> [String] {
        if let modelsFolder, !modelsFolder.isEmpty { return [modelsFolder] }
        var folders: [String] = []
        var components = executable.split(separator: "/", omittingEmptySubsequences: true).dropLast()
        // PREFIX/bin/asr: the program's folder gives way to share/asr/models.
        folders.append(absolutePath(components.dropLast() + ["share", "asr", "models"]))
        // CHECKOUT/.build/TRIPLE/release/asr: the folder that holds .build is the checkout.
        while let last = components.popLast() {
            if last == ".build" {
                folders.append(absolutePath(components + ["models"]))
                break
            }
        }
        return folders
    }

    private static func absolutePath(_ components: ArraySlice<Substring>) -> String {
        "/" + components.joined(separator: "/")
    }

    /// The value of the environment variable of this process.
    private static var modelsFolder: String? { getenv(environmentVariable).map { String(cString: $0) } }

    /// The path of the running program, or of libasr.so in another one: the file that holds this code. Symbolic links are resolved; empty when
    /// /proc is not mounted.
    private static func executablePath() -> String {
        let code: @convention(c) () -> Void = {}
        let address = UInt(bitPattern: unsafeBitCast(code, to: UnsafeRawPointer.self))
        guard let maps = try? TextLines(path: "/proc/self/maps") else { return "" }
        // "first-end permissions offset device inode path", addresses in hexadecimal digits.
        while let line = try? maps.next() {
            let fields = line.string.split(separator: " ", maxSplits: 5)
            let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            if fields.count == 6, bounds.count == 2, bounds[0] <= address, address < bounds[1] {
                return trimmed(fields[5])
            }
        }
        return ""
    }
}

/// There is no built-in model in any of the folders where it may be.
public struct BuiltInModelError: Error, Equatable, CustomStringConvertible {
    /// The model that was asked for.
    public let name: String
    /// The model folders that were looked at, in this order.
    public let candidates: [String]

    public var description: String {
        "no built-in model \"\(name)\": looked for config.json in \(candidates.joined(separator: " and in ")); "
            + "name a model folder with --model, or the folder that holds the models with the environment variable "
            + BuiltInModel.environmentVariable
    }
}
