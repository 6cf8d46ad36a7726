// Placeholder of TextTests; goes with its first real file.
