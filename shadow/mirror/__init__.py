"""After the client has its answer: send the copy, compare, write down what became of it."""
