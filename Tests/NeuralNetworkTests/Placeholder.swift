// Placeholder of NeuralNetworkTests; goes with its first real file.
