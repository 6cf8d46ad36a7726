import Autograd
import Datasets
import Tensors
import TestSupport
import Testing
import Training

@Suite struct LearningRateScheduleTests {
    /// scripts/golden/schedules.py
    @Test func agreesWithPyTorch() throws {
        let fixture = try GoldenFixture.load("learning_rate_schedules")
        for (name, kind) in [("inverse square root", LearningRateSchedule.Kind.noam), ("cosine", .cosine)] {
            let golden = try fixture.named(name)
            var schedule = LearningRateSchedule()
            schedule.kind = kind
            schedule.peakLearningRate = Float(try golden.number("peak"))
            schedule.warmupSteps = Int(try golden.number("warmupSteps"))
            var stepCount = 0
            if kind == .cosine {
                schedule.finalFraction = Float(try golden.number("final") / golden.number("peak"))
                stepCount = Int(try golden.number("totalSteps"))
            }
            let rates = try golden.tensor("steps").integers.map {
                schedule.learningRate(step: $0, stepCount: stepCount)
            }
            expectClose(rates, try golden.tensor("learningRates").values, relative: 1e-5, name)
        }
    }

    // A fifth of 300 and of 3,000 steps is 60 and 600.
    @Test func theWarmupFitsIntoTheRun() {
        let schedule = LearningRateSchedule()  // 500 steps
        #expect(schedule.fitted(toStepCount: 300).warmupSteps == 60)
        #expect(schedule.fitted(toStepCount: 3_000) == schedule)
        #expect(schedule.fitted(toStepCount: 300).learningRate(step: 60, stepCount: 300) == schedule.peakLearningRate)
    }

    /// Vaswani et al. 2017, equation 3, is this schedule with peak = factor / sqrt(modelDimension * warmupSteps).
    @Test func noamIsTheScheduleOfThePaper() throws {
        let golden = try GoldenFixture.load("learning_rate_schedules").named("noam")
        var schedule = LearningRateSchedule()
        schedule.warmupSteps = Int(try golden.number("warmupSteps"))
        schedule.peakLearningRate =
            Float(try golden.number("factor"))
            / Float(try golden.number("modelDimension") * golden.number("warmupSteps")).squareRoot()
        let rates = try golden.tensor("steps").integers.map { schedule.learningRate(step: $0, stepCount: 0) }
        expectClose(rates, try golden.tensor("learningRates").values, relative: 1e-5)
    }

    /// 20 steps, 2 of warm-up, 40 % = 8 at the peak of 0.8, 10 in which the rate falls to a 1024th: by half in each.
    @Test func triStageWarmsUpHoldsAndFallsByHalfInEachStep() {
        var schedule = LearningRateSchedule()
        schedule.kind = .triStage
        schedule.peakLearningRate = 0.8
        schedule.warmupSteps = 2
        schedule.holdFraction = 0.4
        schedule.finalFraction = 1 / 1_024
        let rates = [1, 2, 3, 10, 11, 12, 15, 20, 21].map { schedule.learningRate(step: $0, stepCount: 20) }
        // 0.4 = 0.8 / 2; 0.025 = 0.8 / 2^5; 0.00078125 = 0.8 / 2^10, and no less after the last step.
        expectClose(rates, [0.4, 0.8, 0.8, 0.8, 0.4, 0.2, 0.025, 0.000_781_25, 0.000_781_25], relative: 1e-6)
    }

    /// Warm-up and hold fill all steps, or more: there is nothing left to fall over.
    @Test(arguments: [6, 5]) func triStageWithoutStepsToFallOver(stepCount: Int) {
        var schedule = LearningRateSchedule()
        schedule.kind = .triStage
        schedule.peakLearningRate = 1
        schedule.warmupSteps = 3
        schedule.holdFraction = 0.5
        schedule.finalFraction = 0.25
        let rates = (1...7).map { schedule.learningRate(step: $0, stepCount: stepCount) }
        #expect(rates.prefix(5) == [Float(1) / 3, Float(2) / 3, 1, 1, 1])
        #expect(rates[6] == 0.25)
    }
}

@Suite struct AdamWTests {
    /// scripts/golden/adamw.py: two parameters, five steps.
    @Test(arguments: ["transformer settings", "PyTorch's defaults", "no weight decay"])
    func agreesWithPyTorch(name: String) throws {
        let golden = try GoldenFixture.load("adamw").named(name)
        var configuration = AdamWConfiguration()
        configuration.beta1 = Float(try golden.number("beta1"))
        configuration.beta2 = Float(try golden.number("beta2"))
        configuration.epsilon = Float(try golden.number("epsilon"))
        configuration.weightDecay = Float(try golden.number("weightDecay"))
        configuration.gradientClipNorm = 0
        let store = ParameterStore()
        let parameters = try (0..<2).map {
            store.declare("p\($0)", shape: try golden.tensor("parameter\($0)").shape, .zeros)
        }
        store.initialize(seed: 0)
        func copy(_ values: [Float], to tensor: Tensor) {
            for (index, value) in values.enumerated() { tensor.floats[index] = value }
        }
        for (index, parameter) in parameters.enumerated() {
            copy(try golden.tensor("parameter\(index)").values, to: parameter.value)
        }
        let optimizer = AdamW(store, configuration: configuration)
        let reduction = GradientReduction(ParameterPieces(store))
        let workers = WorkerPool(threadCount: 2)
        for step in 1...Int(try golden.number("stepCount")) {
            // Two partial gradients, a half each: their sum is what counts.
            let partials = [ParameterGradients(for: store), ParameterGradients(for: store)]
            for (index, parameter) in parameters.enumerated() {
                let half = try golden.tensor("step\(step).gradient\(index)").values.map { $0 / 2 }
                for partial in partials { copy(half, to: partial.gradient(of: parameter)) }
            }
            let norm = reduction(partials, workers: workers)
            optimizer.update(
                partials[0], norm: norm, learningRate: Float(try golden.number("learningRate")), workers: workers)
            for (index, parameter) in parameters.enumerated() {
                expectClose(
                    parameter.value.values, try golden.tensor("step\(step).parameter\(index)").values, absolute: 1e-6,
                    relative: 1e-5, "step \(step)")
            }
        }
    }

    /// A gradient (3, 4) of norm 5 clipped to 1 is (0.6, 0.8): the first moment after one step is a tenth of it.
    @Test func clipsByTheNormOfAllParameters() {
        let store = ParameterStore()
        let parameters = [store.declare("a", shape: [1], .zeros), store.declare("b", shape: [1], .zeros)]
        store.initialize(seed: 0)
        var configuration = AdamWConfiguration()
        configuration.gradientClipNorm = 1
        let optimizer = AdamW(store, configuration: configuration)
        let gradients = ParameterGradients(for: store)
        gradients.gradient(of: parameters[0]).floats[0] = 3
        gradients.gradient(of: parameters[1]).floats[0] = 4
        let workers = WorkerPool(threadCount: 1)
        let norm = GradientReduction(ParameterPieces(store))([gradients], workers: workers)
        #expect(norm == 5)
        optimizer.update(gradients, norm: norm, learningRate: 0.1, workers: workers)
        let moments = parameters.map { optimizer.firstMoment.floats[$0.offset] }
        expectClose(moments, [0.06, 0.08], relative: 1e-5)
    }
}

@Suite struct WeightAverageTests {
    /// Of each step a tenth, a quarter ... is kept: (1 + step) / (10 + step), at most the decay.
    @Test func followsTheWeights() throws {
        let (weights, average) = (ParameterStore(), ParameterStore())
        let weight = weights.declare("a", shape: [3], .zeros)
        let averaged = average.declare("a", shape: [3], .zeros)
        weights.initialize(seed: 0)
        weight.value.floats[0] = 8
        let mean = try WeightAverage(weights, in: average, decay: 0.5)
        let workers = WorkerPool(threadCount: 2)
        #expect(averaged.value.values == [8, 0, 0])
        // Each line: step, weight, average. Step 1 keeps 2/11, step 2 3/12, steps 8 and 90 half of it.
        for (step, value, expected) in [(1, 19, 17), (2, 21, 20), (8, 30, 25), (90, 20, 22.5)] as [(Int, Float, Float)]
        {
            weight.value.floats[0] = value
            mean.update(step: step, workers: workers)
            expectClose([averaged.value.values[0]], [expected], relative: 1e-6, "step \(step)")
        }
        #expect(averaged.value.values.dropFirst() == [0, 0])
    }

    /// More elements than one piece, and the last piece not full: every one moves, the same for any number of threads.
    @Test func everyElementMovesOnce() throws {
        func average(threadCount: Int) throws -> [Float] {
            let (weights, average) = (ParameterStore(), ParameterStore())
            let weight = weights.declare("a", shape: [65_536 + 100], .zeros)
            _ = average.declare("a", shape: [65_536 + 100], .zeros)
            weights.initialize(seed: 0)
            let mean = try WeightAverage(weights, in: average, decay: 0.5)
            weight.value.floats.update(repeating: 16, count: weight.count)
            mean.update(step: 8, workers: WorkerPool(threadCount: threadCount))
            return Array(mean.values.values.prefix(weight.count))
        }
        let one = try average(threadCount: 1)
        #expect(one.allSatisfy { $0 == 8 })
        #expect(try average(threadCount: 3) == one)
    }
}
