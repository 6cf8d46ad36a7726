import Tensors

/// Reads the pickle of a PyTorch file: a small stack machine (Python, Lib/pickle.py and pickletools.py, protocol 2), of which it knows the
/// instructions that `torch.save` of a state dictionary writes, and no other. Nothing in the file is run.
struct PickleReader {
    /// The instructions, by their bytes.
    private enum Instruction: UInt8 {
        case protocolVersion = 0x80
        case stop = 0x2E  // .
        case mark = 0x28  // (
        case none = 0x4E  // N
        case newTrue = 0x88
        case newFalse = 0x89
        case int32 = 0x4A  // J
        case uint8 = 0x4B  // K
        case uint16 = 0x4D  // M
        case long = 0x8A
        case double = 0x47  // G
        case text = 0x58  // X
        case emptyList = 0x5D  // ]
        case emptyTuple = 0x29  // )
        case emptyDictionary = 0x7D  // }
        case tuple = 0x74  // t
        case tuple1 = 0x85
        case tuple2 = 0x86
        case tuple3 = 0x87
        case append = 0x61  // a
        case appends = 0x65  // e
        case setItem = 0x73  // s
        case setItems = 0x75  // u
        case put = 0x71  // q
        case longPut = 0x72  // r
        case get = 0x68  // h
        case longGet = 0x6A  // j
        case global = 0x63  // c
        case persistent = 0x51  // Q
        case reduce = 0x52  // R
        case build = 0x62  // b
    }

    private typealias Value = PickleContent.Value

    private var cursor: ByteCursor
    private var content = PickleContent()
    private var stack: [Value] = []
    /// Where the stack stood at each mark.
    private var marks: [Int] = []
    private var memo: [Int: Value] = [:]

    private static let largestByteCount = 1 << 26
    private static let longestName = 128

    /// What the pickle in `range` of a file describes.
    ///
    /// - Throws: `ModelError` naming the byte, and the instruction, function or class that is refused.
    static func read(_ file: MappedFile, range: Range<Int>, path: String) throws(ModelError) -> PickleContent {
        guard range.count <= largestByteCount else {
            throw ModelError(
                "\(path): its list of tensors has \(range.count) bytes, too many for a model; get it again")
        }
        var reader = PickleReader(
            cursor: ByteCursor(file, path: path, from: range.lowerBound, end: range.upperBound))
        return try reader.run()
    }

    private init(cursor: ByteCursor) { self.cursor = cursor }

    private mutating func run() throws(ModelError) -> PickleContent {
        while true {
            let place = cursor.offset
            let byte = try cursor.integer(UInt8.self, "an instruction of the pickle")
            guard let instruction = Instruction(rawValue: byte) else {
                throw ModelError(
                    "\(cursor.path): the pickle at byte \(place) has the instruction 0x\(String(byte, radix: 16)), which "
                        + "weights do not need; it is not read: save the state dictionary alone with torch.save")
            }
            if instruction == .stop {
                content.root = try pop()
                return content
            }
            try perform(instruction)
        }
    }

    private mutating func perform(_ instruction: Instruction) throws(ModelError) {
        switch instruction {
        case .stop: break
        case .protocolVersion: _ = try cursor.number(UInt8.self, "the protocol", in: 2...5)
        case .mark: marks.append(stack.count)
        case .none: stack.append(.none)
        case .newTrue: stack.append(.bool(true))
        case .newFalse: stack.append(.bool(false))
        case .int32: stack.append(.int(Int(try cursor.integer(Int32.self, "a number"))))
        case .uint8: stack.append(.int(Int(try cursor.integer(UInt8.self, "a number"))))
        case .uint16: stack.append(.int(Int(try cursor.integer(UInt16.self, "a number"))))
        case .long: stack.append(.int(try long()))
        case .double:
            // The one number that is big-endian.
            stack.append(.double(Double(bitPattern: try cursor.integer(UInt64.self, "a number").byteSwapped)))
        case .text:
            let count = try cursor.number(UInt32.self, "the length of a text")
            stack.append(.text(try cursor.text(count, "a text")))
        case .emptyList:
            content.lists.append([])
            stack.append(.list(content.lists.count - 1))
        case .emptyDictionary: pushDictionary()
        case .emptyTuple: push(tuple: [])
        case .tuple: push(tuple: try popToMark())
        case .tuple1: push(tuple: try pop(count: 1))
        case .tuple2: push(tuple: try pop(count: 2))
        case .tuple3: push(tuple: try pop(count: 3))
        case .append: try append(try pop(count: 1))
        case .appends: try append(try popToMark())
        case .setItem: try setItems(try pop(count: 2))
        case .setItems: try setItems(try popToMark())
        case .put: try put(try cursor.number(UInt8.self, "a place of the memo"))
        case .longPut: try put(try cursor.number(UInt32.self, "a place of the memo"))
        case .get: try get(try cursor.number(UInt8.self, "a place of the memo"))
        case .longGet: try get(try cursor.number(UInt32.self, "a place of the memo"))
        case .global: stack.append(.global(try global()))
        case .persistent: try pushStorage()
        case .reduce: try call()
        case .build: try dropState()
        }
    }

    // The stack.

    private func damaged(_ what: String) -> ModelError {
        ModelError(
            "\(cursor.path): \(what), before byte \(cursor.offset) of the pickle; the file is damaged: get it again")
    }

    private mutating func pop() throws(ModelError) -> Value { try pop(count: 1)[0] }

    private mutating func pop(count: Int) throws(ModelError) -> [Value] {
        guard stack.count - (marks.last ?? 0) >= count else { throw damaged("a value is missing") }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popToMark() throws(ModelError) -> [Value] {
        guard let mark = marks.popLast() else { throw damaged("a mark is missing") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private mutating func push(tuple items: [Value]) {
        content.tuples.append(items)
        stack.append(.tuple(content.tuples.count - 1))
    }

    private mutating func pushDictionary() {
        content.dictionaries.append([])
        stack.append(.dictionary(content.dictionaries.count - 1))
    }

    private mutating func append(_ items: [Value]) throws(ModelError) {
        guard case .list(let index) = stack.last else { throw damaged("items without a list") }
        content.lists[index] += items
    }

    private mutating func setItems(_ items: [Value]) throws(ModelError) {
        guard case .dictionary(let index) = stack.last, items.count % 2 == 0 else {
            throw damaged("items without a dictionary")
        }
        for place in stride(from: 0, to: items.count, by: 2) {
            content.dictionaries[index].append((items[place], items[place + 1]))
        }
    }

    private mutating func put(_ place: Int) throws(ModelError) {
        guard let value = stack.last else { throw damaged("a value is missing") }
        memo[place] = value
    }

    private mutating func get(_ place: Int) throws(ModelError) {
        guard let value = memo[place] else { throw damaged("place \(place) of the memo is empty") }
        stack.append(value)
    }

    // Numbers and names.

    /// An integer of up to eight bytes, with its sign.
    private mutating func long() throws(ModelError) -> Int {
        let count = try cursor.number(UInt8.self, "the length of a number", in: 0...8)
        let range = try cursor.bytes(count, "a number")
        var bits: UInt64 = 0
        for (index, byte) in cursor.file.bytes[range].enumerated() { bits |= UInt64(byte) << (8 * UInt64(index)) }
        guard count > 0 else { return 0 }
        let shift = UInt64(64 - 8 * count)
        return Int(Int64(bitPattern: bits << shift) >> Int64(shift))
    }

    /// A function or class: two lines, module and name.
    private mutating func global() throws(ModelError) -> PickleContent.Global {
        let module = try line()
        let name = "\(module).\(try line())"
        guard let global = PickleContent.Global(rawValue: name) else {
            throw ModelError(
                "\(cursor.path): the pickle wants to use \(name), which weights do not need; nothing of it was run: save the "
                    + "state dictionary alone with torch.save, or get the model from somebody you trust")
        }
        return global
    }

    private mutating func line() throws(ModelError) -> String {
        let start = cursor.offset
        let end = min(cursor.end, start + Self.longestName)
        guard let newline = cursor.file.bytes[start..<end].firstIndex(of: UInt8(ascii: "\n")) else {
            throw damaged("a name has no end")
        }
        let text = try cursor.text(newline - start, "a name")
        _ = try cursor.bytes(1, "a name")
        return text
    }

    // What stands for objects.

    /// `("storage", class, key, device, count)`: numbers that lie in a file of their own.
    private mutating func pushStorage() throws(ModelError) {
        guard let items = content.tuple(try pop()), items.count == 5, items[0] == .text("storage"),
            case .global(let kind) = items[1], let encoding = kind.encoding, case .text(let key) = items[2],
            case .int(let count) = items[4], count >= 0
        else { throw damaged("what should be a storage is something else") }
        stack.append(.storage(.init(key: key, encoding: encoding, count: count)))
    }

    /// A function of those that are known, with its arguments.
    private mutating func call() throws(ModelError) {
        let items = try pop(count: 2)
        guard case .global(let function) = items[0], let arguments = content.tuple(items[1]) else {
            throw damaged("what is called is not a function")
        }
        switch function {
        case .orderedDictionary:
            guard arguments.isEmpty else { throw damaged("OrderedDict has arguments") }
            pushDictionary()
        case .rebuildTensor:
            // storage, offset, size, stride, and two that only training needs
            guard arguments.count >= 4, case .storage(let storage) = arguments[0], case .int(let offset) = arguments[1],
                let shape = content.integers(arguments[2]), let strides = content.integers(arguments[3])
            else { throw damaged("a tensor has other arguments than it should") }
            content.tensors.append(.init(storage: storage, offset: offset, shape: shape, strides: strides))
            stack.append(.tensor(content.tensors.count - 1))
        case .rebuildParameter:
            guard case .tensor = arguments.first else { throw damaged("a parameter is not a tensor") }
            stack.append(arguments[0])
        case .floatStorage, .halfStorage, .bfloat16Storage: throw damaged("a storage is called as a function")
        }
    }

    /// An ordered dictionary may have attributes, such as the versions of modules, which say nothing of the weights.
    private mutating func dropState() throws(ModelError) {
        _ = try pop()
        guard case .dictionary = stack.last else { throw damaged("attributes of something that is not a dictionary") }
    }
}
