import ArgumentParser
import Models
import Tensors

extension ComputationPrecision: ExpressibleByArgument {}

extension ComputationPrecision {
    /// What this processor can compute in: itself, or float32 where there are no products of this type; that is said on
    /// stderr.
    ///
    /// - Parameter setting: where the user chose it, for the message.
    func supported(_ setting: String) -> ComputationPrecision {
        if elementType.isSupported { return self }
        printWarning(
            "\(setting) \(rawValue): this processor has no such matrix products (they need AVX-512 BF16 or AMX); going on "
                + "in float32")
        return .float32
    }
}

extension InferencePrecision: ExpressibleByArgument {}

extension InferencePrecision {
    /// As `ComputationPrecision.supported`.
    func supported(_ setting: String) -> InferencePrecision {
        guard self == .bfloat16 else { return self }
        return InferencePrecision(ComputationPrecision.bfloat16.supported(setting).elementType)
    }
}
