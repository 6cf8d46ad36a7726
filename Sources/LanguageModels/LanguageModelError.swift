/// What is wrong with a language model, or with what one is to be made of.
public struct LanguageModelError: Error, CustomStringConvertible, Equatable {
    public let description: String
    public init(_ description: String) { self.description = description }
}
