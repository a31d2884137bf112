package boltfile

// initialMmap: bbolt makes the file as large as its map here, so it begins small
// and grows, and the writer waits for readers when it does.
const initialMmap = 0
