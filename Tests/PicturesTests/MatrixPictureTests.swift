import Pictures
import TestSupport
import Testing

struct MatrixPictureTests {
    // 2 x 3 values, 107 pixels wide (the first whole number that gives 320) and 100 high (200); 0 is the first colour, 1
    // and more the last of the 192, a half colour 96.
    @Test func matrix() throws {
        let matrix = MatrixPicture([0, 0.25, 0.5, 2, .nan, 0], rowCount: 2, columnCount: 3)
        #expect(matrix.width == 321 && matrix.height == 200)
        let picture = try PNGPicture(matrix.png)
        #expect(picture.width == 321 && picture.height == 200)
        let (top, bottom) = (picture.rows[0].dropFirst(), picture.rows[199].dropFirst())
        func runs(_ row: ArraySlice<UInt8>) -> [UInt8] { [row[1], row[107], row[108], row[214], row[215], row[321]] }
        #expect(runs(top) == [0, 0, 48, 48, 96, 96])
        #expect(runs(bottom) == [191, 191, 0, 0, 0, 0])
        #expect(picture.rows[99] == picture.rows[0] && picture.rows[100] == picture.rows[199])
        let dark = try PNGPicture(MatrixPicture([0, 0], rowCount: 1, columnCount: 2).png)
        #expect(dark.rows.allSatisfy { $0.allSatisfy { $0 == 0 } })
    }
}
