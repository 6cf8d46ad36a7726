// Placeholder of Recognition; goes with its first real file.
