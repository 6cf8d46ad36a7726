// Placeholder of Text; goes with its first real file.
