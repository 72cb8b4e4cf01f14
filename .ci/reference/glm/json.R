# JSON from R's lists, with 15 significant digits; NA, NaN and infinite numbers are null. Named lists are objects, others arrays.

scalar <- function(value) structure(list(value), class = "scalar")

json <- function(value, indent = "") {
  inner <- paste0(indent, "  ")
  if (inherits(value, "scalar")) {
    return(json_atom(value[[1]]))
  }
  if (is.null(value)) {
    return("null")
  }
  if (is.matrix(value)) {
    value <- lapply(seq_len(nrow(value)), function(row) unname(value[row, ]))
  }
  if (is.list(value) && !is.null(names(value))) {
    fields <- mapply(
      function(name, field) paste0(inner, json_atom(name), ": ", json(field, inner)),
      names(value), value
    )
    return(paste0("{\n", paste(fields, collapse = ",\n"), "\n", indent, "}"))
  }
  if (is.list(value)) {
    items <- vapply(value, function(item) paste0(inner, json(item, inner)), "")
    return(paste0("[\n", paste(items, collapse = ",\n"), "\n", indent, "]"))
  }
  paste0("[", paste(vapply(value, json_atom, ""), collapse = ", "), "]")
}

json_atom <- function(value) {
  if (is.character(value)) {
    return(encodeString(value, quote = '"'))
  }
  if (is.logical(value) && !is.na(value)) {
    return(if (value) "true" else "false")
  }
  if (!is.finite(value)) {
    return("null")
  }
  sprintf("%.15g", value)
}

write_json <- function(value, path) writeLines(json(value), path)
