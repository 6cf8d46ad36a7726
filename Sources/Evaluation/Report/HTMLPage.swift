/// What every page for the browser begins and ends with: one file, without addresses that need a network.
package enum HTMLPage {
    /// Everything up to the first element of the body.
    ///
    /// - Parameters:
    ///   - title: plain text.
    ///   - style: CSS.
    package static func beginning(title: String, style: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <title>\(escaped(title))</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <style>\(style)</style>
        </head>
        <body>

        """
    }

    /// What follows the last element of the body.
    package static let end = "</body>\n</html>\n"

    /// A text as it stands in a page, also inside an attribute in double quotes.
    package static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
