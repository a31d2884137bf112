package main

func fewFiles(string) {} // which Windows does not bound so
