"""What answers a reader: exercises that know the mistake, quiz questions, predictions."""
