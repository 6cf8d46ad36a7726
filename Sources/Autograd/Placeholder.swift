// Placeholder of Autograd; goes with its first real file.
