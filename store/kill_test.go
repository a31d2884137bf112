package store

const childWhat = "KAIRAN_STORE_TEST_CHILD"

func child(what string) int { return 2 }
