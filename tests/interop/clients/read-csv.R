# read.csv: asks the questions of a CSV file (name, form, query) and writes the answers as JSON.
# Arguments: the endpoint and the file.
arguments <- commandArgs(trailingOnly = TRUE)
questions <- read.csv(arguments[2], colClasses = "character", encoding = "UTF-8")

quoted <- function(texts) {
  escaped <- gsub("\n", "\\\\n", gsub('(["\\\\])', "\\\\\\1", texts))
  paste0('"', escaped, '"')
}
list_of <- function(texts) paste0("[", paste(texts, collapse = ","), "]")

answer <- function(form, query) {
  address <- paste0(arguments[1], "?format=csv&query=", URLencode(query, reserved = TRUE))
  if (form == "ASK") {
    yes <- scan(address, logical(), quiet = TRUE)
    return(paste0('{"results": {"head": {}, "boolean": ', tolower(yes), "}}"))
  }
  cells <- read.csv(address, colClasses = "character", na.strings = character(), encoding = "UTF-8")
  rows <- apply(cells, 1, function(row) list_of(quoted(row)))
  paste0('{"cells": ', list_of(c(list_of(quoted(names(cells))), rows)), "}")
}

said <- function(condition) paste0('{"error": ', quoted(conditionMessage(condition)), "}")
answers <- vapply(seq_len(nrow(questions)), function(number) {
  one <- questions[number, ]
  told <- tryCatch(answer(one$form, one$query), error = said, warning = said)
  paste0(quoted(one$name), ": ", told)
}, "")
cat("{", paste(answers, collapse = ",\n"), "}", sep = "")
