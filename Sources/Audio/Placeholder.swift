// Placeholder of Audio; goes with its first real file.
