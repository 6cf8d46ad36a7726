// Placeholder of EvaluationTests; goes with its first real file.
