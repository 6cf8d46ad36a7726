import COneDNN
import Tensors
import Testing

@Suite struct ElementTypeTests {
    @Test func sizes() {
        #expect(ElementType.float32.byteCount == 4)
        #expect(ElementType.bfloat16.byteCount == 2)
    }

    @Test func support() {
        #expect(ElementType.float32.isSupported)
        #expect(ElementType.bfloat16.isSupported == matrix_product_has_bfloat16())
    }
}
