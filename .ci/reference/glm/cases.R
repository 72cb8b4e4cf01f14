# The models that are fitted: configurations as `train` takes them, and what R's glm() needs for the same.

read_data <- function(file) {
  read.csv(file, stringsAsFactors = FALSE, colClasses = if (grepl("insurance", file)) c(District = "character") else NA)
}

case <- function(name, data, target, predictors, family, link, factors = character(), weights = NULL,
                 offset = NULL, transform = NULL, intercept = TRUE, constraints = NULL) {
  list(
    name = name, data = data, target = target, predictors = predictors, family = family, link = link,
    factors = factors, weights = weights, offset = offset, transform = transform, intercept = intercept,
    constraints = constraints
  )
}

own <- "test/examples/glm/fixtures/data.csv"
insurance <- "examples/glm/data/insurance.csv"

# The configuration channel of a case.
configuration <- function(case) {
  config <- list(target = scalar(case$target), predictors = case$predictors)
  if (length(case$factors) > 0) config$factors <- case$factors
  if (!is.null(case$weights)) config$weights <- scalar(case$weights)
  if (!is.null(case$offset)) {
    config$offset <- list(column = scalar(case$offset))
    if (!is.null(case$transform)) config$offset$transform <- scalar(case$transform)
  }
  if (!case$intercept) config$intercept <- scalar(FALSE)
  config$family <- scalar(case$family)
  config$link <- scalar(case$link)
  if (!is.null(case$constraints)) config$constraints <- lapply(case$constraints, function(box) lapply(box, scalar))
  config
}

# The same as R takes it: family, responses, weights, offset, model matrix.
problem <- function(case) {
  data <- read_data(case$data)
  for (name in case$predictors) {
    if (is.character(data[[name]])) data[[name]] <- factor(data[[name]], levels = unique(data[[name]]))
  }
  terms <- if (length(case$predictors) > 0) case$predictors else "1"
  formula <- reformulate(terms, case$target, intercept = case$intercept)
  family <- switch(case$family,
    gaussian = gaussian(case$link), binomial = binomial(case$link),
    poisson = poisson(case$link), gamma = Gamma(case$link)
  )
  offset <- if (is.null(case$offset)) rep(0, nrow(data)) else data[[case$offset]]
  if (!is.null(case$transform)) offset <- log(offset)
  weights <- if (is.null(case$weights)) rep(1, nrow(data)) else data[[case$weights]]
  list(data = data, formula = formula, family = family, offset = offset, weights = weights)
}
