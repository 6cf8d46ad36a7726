// Placeholder of Evaluation; goes with its first real file.
