# Fits every family and link by R's glm(), and writes all that the example reports.

source(".ci/reference/glm/json.R")
source(".ci/reference/glm/cases.R")

# The example's data are R's own.
csv <- read_data(insurance)
original <- MASS::Insurance
stopifnot(
  all(csv$District == as.character(original$District)), all(csv$Group == as.character(original$Group)),
  all(csv$Age == as.character(original$Age)), all(csv$Holders == original$Holders),
  all(csv$Claims == original$Claims)
)

cases <- list(
  case("insurance claims", insurance, "Claims", c("District", "Group", "Age"), "poisson", "log",
    factors = c("District", "Group", "Age"), offset = "Holders", transform = "log"),
  case("gaussian identity", own, "real", c("x1", "x2", "region"), "gaussian", "identity"),
  case("gaussian identity, weights and offset", own, "real", c("x1", "sex"), "gaussian", "identity",
    weights = "weight", offset = "shift"),
  case("gaussian log", own, "positive", c("x1", "x2", "region"), "gaussian", "log"),
  case("gaussian inverse, weights", own, "positive", c("x1", "sex"), "gaussian", "inverse", weights = "weight"),
  case("binomial logit, 0 and 1", own, "binary", c("x1", "x2", "region"), "binomial", "logit"),
  case("binomial logit, weights that are no counts", own, "binary", c("x1", "sex"), "binomial", "logit", weights = "weight"),
  case("binomial logit, proportions, no intercept", own, "share", c("x1", "region", "sex"), "binomial", "logit",
    weights = "trials", intercept = FALSE),
  case("binomial probit, proportions", own, "share", c("x1", "x2", "region"), "binomial", "probit", weights = "trials"),
  case("binomial cloglog, proportions and offset", own, "share", c("x1", "region"), "binomial", "cloglog",
    weights = "trials", offset = "exposure", transform = "log"),
  case("binomial log, proportions", own, "share", c("x1", "sex"), "binomial", "log", weights = "trials"),
  case("poisson log, offset and weights", own, "count", c("x1", "x2", "sex"), "poisson", "log",
    weights = "weight", offset = "exposure", transform = "log"),
  case("poisson log, no intercept", own, "count", c("x2", "region", "sex"), "poisson", "log",
    offset = "exposure", transform = "log", intercept = FALSE),
  case("poisson identity", own, "many", c("x1", "x2", "sex"), "poisson", "identity"),
  case("poisson sqrt, offset", own, "many", c("x1", "x2", "region"), "poisson", "sqrt", offset = "shift"),
  case("gamma inverse", own, "steady", c("x1", "x2", "region"), "gamma", "inverse"),
  case("gamma log, weights and offset", own, "steady", c("x1", "region"), "gamma", "log",
    weights = "weight", offset = "exposure", transform = "log"),
  case("gamma identity", own, "steady", c("x1", "x2", "sex"), "gamma", "identity"),
  case("gamma identity, no intercept", own, "steady", c("x2", "region"), "gamma", "identity", intercept = FALSE),
  case("intercept alone, offset", own, "count", character(), "poisson", "log", offset = "exposure", transform = "log")
)

fit_case <- function(case) {
  problem <- problem(case)
  problem$data$.weights <- problem$weights
  problem$data$.offset <- problem$offset
  fit <- function(start, maxit = 500) {
    # Weights that are no counts make glm() warn of responses that are none.
    suppressWarnings(glm(problem$formula, problem$family, problem$data,
      weights = .weights, offset = if (is.null(case$offset)) NULL else .offset,
      start = start, control = glm.control(epsilon = 1e-14, maxit = maxit)
    ))
  }
  model <- fit(NULL)
  stopifnot(model$converged)
  iterations <- lapply(1:2, function(maxit) {
    early <- fit(NULL, maxit)
    list(deviance = scalar(deviance(early)), aic = scalar(AIC(early)))
  })
  # Standard errors come from the weights before the last step: start again where it ended.
  for (round in 1:5) model <- fit(coef(model))
  summary <- summary(model)
  table <- coef(summary)
  list(
    name = scalar(case$name),
    data = scalar(case$data),
    config = configuration(case),
    expected = list(
      coefficients = lapply(seq_len(nrow(table)), function(row) {
        list(
          name = scalar(rownames(table)[row]), estimate = scalar(table[row, 1]), standardError = scalar(table[row, 2]),
          statistic = scalar(table[row, 3]), pValue = scalar(table[row, 4])
        )
      }),
      covariance = vcov(model),
      dispersion = scalar(summary$dispersion),
      deviance = scalar(deviance(model)),
      nullDeviance = scalar(model$null.deviance),
      aic = scalar(AIC(model)),
      logLikelihood = scalar(as.numeric(logLik(model))),
      degreesOfFreedom = scalar(df.residual(model)),
      fitted = unname(fitted(model)[1:10]),
      iterations = iterations
    )
  )
}

write_json(lapply(cases, fit_case), "test/examples/glm/fixtures/fits.json")
