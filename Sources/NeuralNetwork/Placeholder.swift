// Placeholder of NeuralNetwork; goes with its first real file.
