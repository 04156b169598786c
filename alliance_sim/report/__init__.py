"""From a results folder to what people read: answers to further questions, figures, one page."""
