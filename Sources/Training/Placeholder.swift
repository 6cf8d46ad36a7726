// Placeholder of Training; goes with its first real file.
