// Placeholder of TrainingTests; goes with its first real file.
