// Placeholder of Tensors; goes with its first real file.
