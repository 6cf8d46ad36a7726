import Glibc
import Models
import Numerics

/// Fits how far words can be trusted: logistic regression of "the word is right" on what is known of it, by Newton's method (Hastie et
/// al. 2009, section 4.4.1), with a small ridge on the weights of the standardised features.
package enum ConfidenceFitting {
    private static let ridge = 1.0
    private static let longestIterationCount = 50

    /// The most probable weights. Features that are the same for every word have none.
    ///
    /// - Parameter words: some right, some wrong.
    package static func settings(_ words: [LabelledWord]) -> ConfidenceSettings {
        let columns = ConfidenceFeature.allCases.compactMap { feature -> Column? in
            let values = words.map { $0.evidence.values[feature] ?? 0 }
            let mean = values.reduce(0, +) / Double(max(1, values.count))
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, values.count))
            guard variance > 1e-12 else { return nil }
            return Column(
                feature: feature, mean: mean, deviation: variance.squareRoot(),
                values: values.map { ($0 - mean) / variance.squareRoot() })
        }
        let targets = words.map { $0.isRight ? 1.0 : 0 }
        let weights = fit(columns.map(\.values), targets)
        var settings = ConfidenceSettings(intercept: weights[0], weights: [:])
        for (column, weight) in zip(columns, weights.dropFirst()) {
            settings.weights[column.feature.rawValue] = weight / column.deviation
            settings.intercept -= weight * column.mean / column.deviation
        }
        return settings
    }

    /// A feature of all words, with mean 0 and variance 1.
    private struct Column {
        let feature: ConfidenceFeature
        let mean: Double
        let deviation: Double
        let values: [Double]
    }

    /// - Returns: the intercept, then a weight for each column.
    private static func fit(_ columns: [[Double]], _ targets: [Double]) -> [Double] {
        let count = columns.count + 1
        var weights = [Double](repeating: 0, count: count)
        for _ in 0..<longestIterationCount {
            var gradient = (0..<count).map { $0 == 0 ? 0 : -ridge * weights[$0] }
            var curvature = (0..<count).map { row in
                (0..<count).map { row == $0 && row > 0 ? ridge : row == $0 ? 1e-9 : 0 }
            }
            for (word, target) in targets.enumerated() {
                let row = [1] + columns.map { $0[word] }
                let sum = zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 }
                let probability = 1 / (1 + exp(-sum))
                let slope = probability * (1 - probability)
                for i in 0..<count {
                    gradient[i] += (target - probability) * row[i]
                    for j in 0...i { curvature[i][j] += slope * row[i] * row[j] }
                }
            }
            for i in 0..<count { for j in 0..<i { curvature[j][i] = curvature[i][j] } }
            let step = solution(curvature, gradient)
            for i in 0..<count { weights[i] += step[i] }
            if step.allSatisfy({ abs($0) < 1e-9 }) { break }
        }
        return weights
    }

    /// x of A x = b by elimination; A is symmetric and positive definite.
    private static func solution(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
        var (matrix, right) = (matrix, right)
        let count = right.count
        for pivot in 0..<count {
            for row in pivot + 1..<count {
                let factor = matrix[row][pivot] / matrix[pivot][pivot]
                if factor == 0 { continue }
                for column in pivot..<count { matrix[row][column] -= factor * matrix[pivot][column] }
                right[row] -= factor * right[pivot]
            }
        }
        for row in (0..<count).reversed() {
            for column in row + 1..<count { right[row] -= matrix[row][column] * right[column] }
            right[row] /= matrix[row][row]
        }
        return right
    }
}
