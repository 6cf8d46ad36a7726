/// A file that PyTorch saved: a zip archive with a pickle and the numbers of each storage (PyTorch, torch/serialization.py).
struct TorchFile {
    let content: PickleContent
    private let archive: ZipArchive
    /// What the names in the archive begin with.
    private let prefix: String

    private static let pickleName = "data.pkl"

    /// Maps a file and reads its pickle; nothing in it is run.
    ///
    /// - Throws: `ModelError` naming the file and what is wrong where.
    init(path: String) throws(ModelError) {
        archive = try ZipArchive(path: path)
        let pickles = archive.entries.filter { $0.key == Self.pickleName || $0.key.hasSuffix("/" + Self.pickleName) }
        guard let pickle = pickles.first, pickles.count == 1 else {
            throw ModelError(
                "\(path): the archive has \(pickles.count) files \(Self.pickleName), PyTorch writes one; name a file written by torch.save"
            )
        }
        prefix = String(pickle.key.dropLast(Self.pickleName.count))
        if let order = archive.entries[prefix + "byteorder"],
            String(decoding: archive.file.bytes[order], as: UTF8.self) != "little"
        {
            throw ModelError("\(path): its numbers are not little-endian; save it again on a common processor")
        }
        content = try PickleReader.read(archive.file, range: pickle.value, path: path)
    }

    /// A tensor where its numbers lie; nil if the value is none.
    ///
    /// - Throws: `ModelError` if they are not there.
    func tensor(_ value: PickleContent.Value, _ name: String) throws(ModelError) -> CheckpointTensor? {
        guard case .tensor(let index) = value else { return nil }
        let tensor = content.tensors[index]
        let storage = tensor.storage
        guard let range = archive.entries["\(prefix)data/\(storage.key)"] else {
            throw ModelError(
                "\(archive.path): tensor \(name) lies in data/\(storage.key), which the archive lacks; get the file again"
            )
        }
        let byteCount = storage.encoding.byteCount(1)
        guard storage.count <= range.count / byteCount, tensor.offset >= 0, tensor.offset <= storage.count else {
            throw ModelError(
                "\(archive.path): tensor \(name) lies in \(storage.count) numbers, from \(tensor.offset) on, of which "
                    + "\(range.count / byteCount) are there; the file is damaged: get it again")
        }
        let start = range.lowerBound + byteCount * tensor.offset
        return try CheckpointTensor(
            "tensor \(name)", shape: tensor.shape, encoding: storage.encoding, file: archive.file,
            range: start..<range.lowerBound + byteCount * storage.count, strides: tensor.strides, path: archive.path)
    }

    /// The tensors of a dictionary of nothing else.
    ///
    /// - Throws: `ModelError` if it is none.
    func tensors(_ value: PickleContent.Value?, _ what: String) throws(ModelError) -> [String: CheckpointTensor] {
        guard let values = content.dictionary(value) else {
            throw ModelError("\(archive.path): \(what) is not a dictionary of tensors; name a file of weights")
        }
        var tensors: [String: CheckpointTensor] = [:]
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            guard let tensor = try tensor(value, name) else {
                throw ModelError(
                    "\(archive.path): \(name) is not a tensor; save the state dictionary alone with torch.save")
            }
            tensors[name] = tensor
        }
        return tensors
    }

    /// The tensors of a file that holds a state dictionary and nothing else.
    ///
    /// - Throws: `ModelError` naming the file and what is wrong where.
    static func tensors(_ path: String) throws(ModelError) -> [String: CheckpointTensor] {
        let file = try TorchFile(path: path)
        return try file.tensors(file.content.root, "what is saved")
    }
}
