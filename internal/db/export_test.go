package db

// Waiting is how many stand in SQLite's line.
func (d *DB) Waiting() int {
	d.line.mu.Lock()
	defer d.line.mu.Unlock()
	return len(d.line.waiting)
}

// Together is how many are committed at once at most.
const Together = together

// Waiting is for how many keys a Joint asks next.
func (j *Joint[K, V]) Waiting() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.waiting)
}
