# Fits under box constraints: every set of active bounds is fitted by glm.fit() with those coefficients in the offset, and the one
# that keeps the Karush-Kuhn-Tucker conditions is the answer. optim() with its own box constraints must agree on the deviance.

source(".ci/reference/glm/json.R")
source(".ci/reference/glm/cases.R")

cases <- list(
  case("insurance claims, three bounds", insurance, "Claims", c("District", "Group", "Age"), "poisson", "log",
    factors = c("District", "Group", "Age"), offset = "Holders", transform = "log",
    constraints = list(District2 = list(min = 0.1), District4 = list(max = 0.1), "Age>35" = list(min = -0.4))),
  case("insurance claims, bounds that do not bind", insurance, "Claims", c("District", "Group", "Age"), "poisson", "log",
    factors = c("District", "Group", "Age"), offset = "Holders", transform = "log",
    constraints = list(District4 = list(min = 0, max = 1), "Age>35" = list(min = -2, max = 0))),
  case("insurance claims, one bound that binds and frees another", insurance, "Claims", c("District", "Group", "Age"),
    "poisson", "log", factors = c("District", "Group", "Age"), offset = "Holders", transform = "log",
    constraints = list("(Intercept)" = list(min = -1.7), "Age>35" = list(min = -0.6), "Age30-35" = list(max = -0.3))),
  case("gaussian identity, no negative slopes", own, "real", c("x1", "x2", "region"), "gaussian", "identity",
    constraints = list(x1 = list(min = 0), x2 = list(min = 0), regioneast = list(min = 0), regionwest = list(min = 0))),
  case("gaussian log, a fixed coefficient", own, "positive", c("x1", "x2", "sex"), "gaussian", "log",
    constraints = list(x1 = list(min = 0.25, max = 0.25))),
  case("binomial logit, weights", own, "share", c("x1", "x2", "region"), "binomial", "logit", weights = "trials",
    constraints = list(x1 = list(min = 0.3), x2 = list(max = -0.2), "(Intercept)" = list(max = -1))),
  case("binomial probit", own, "share", c("x1", "x2", "sex"), "binomial", "probit", weights = "trials",
    constraints = list(x1 = list(max = 0), x2 = list(min = -0.05, max = 0.05))),
  case("poisson identity, offset", own, "many", c("x1", "x2", "sex"), "poisson", "identity", offset = "shift",
    constraints = list(x2 = list(max = 1), sexf = list(min = 0))),
  case("gamma log, weights", own, "steady", c("x1", "x2", "region"), "gamma", "log", weights = "weight",
    constraints = list(x1 = list(min = 0.2), x2 = list(max = 0.1))),
  case("gamma inverse", own, "steady", c("x1", "x2"), "gamma", "inverse",
    constraints = list(x1 = list(min = -0.01), x2 = list(max = 0)))
)

TIGHT <- glm.control(epsilon = 1e-15, maxit = 1000)

fit_case <- function(case) {
  problem <- problem(case)
  design <- model.matrix(problem$formula, problem$data)
  y <- problem$data[[case$target]]
  weights <- problem$weights
  family <- problem$family
  names <- colnames(design)
  lower <- setNames(rep(-Inf, length(names)), names)
  upper <- setNames(rep(Inf, length(names)), names)
  for (name in names(case$constraints)) {
    stopifnot(name %in% names)
    box <- case$constraints[[name]]
    if (!is.null(box$min)) lower[name] <- box$min
    if (!is.null(box$max)) upper[name] <- box$max
  }
  deviance_at <- function(beta) {
    eta <- drop(design %*% beta) + problem$offset
    mu <- family$linkinv(eta)
    if (!family$valideta(eta) || !family$validmu(mu)) return(1e10)
    sum(family$dev.resids(y, mu, weights))
  }
  score_at <- function(beta) {
    eta <- drop(design %*% beta) + problem$offset
    mu <- family$linkinv(eta)
    drop(t(design) %*% (weights * (y - mu) * family$mu.eta(eta) / family$variance(mu)))
  }

  bounded <- names(case$constraints)
  choices <- lapply(bounded, function(name) {
    if (lower[name] == upper[name]) return("lower")
    c("free", if (is.finite(lower[name])) "lower", if (is.finite(upper[name])) "upper")
  })
  sets <- do.call(expand.grid, c(choices, stringsAsFactors = FALSE))
  answers <- list()
  for (row in seq_len(nrow(sets))) {
    state <- setNames(unlist(sets[row, ]), bounded)
    fixed <- bounded[state != "free"]
    values <- ifelse(state[fixed] == "lower", lower[fixed], upper[fixed])
    free <- setdiff(names, fixed)
    offset <- problem$offset + drop(design[, fixed, drop = FALSE] %*% values)
    fit <- tryCatch(suppressWarnings({
      fit <- glm.fit(design[, free, drop = FALSE], y, weights, offset = offset, family = family, control = TIGHT, intercept = FALSE)
      for (round in 1:5) {
        fit <- glm.fit(design[, free, drop = FALSE], y, weights, start = coef(fit), offset = offset, family = family, control = TIGHT, intercept = FALSE)
      }
      fit
    }), error = function(error) NULL)
    if (is.null(fit)) next
    beta <- setNames(numeric(length(names)), names)
    beta[fixed] <- values
    beta[free] <- coef(fit)[free]
    if (any(beta[free] < lower[free] | beta[free] > upper[free])) next
    score <- setNames(score_at(beta), names)
    outwards <- ifelse(state[fixed] == "lower", score[fixed] <= 0, score[fixed] >= 0)
    if (all(outwards | lower[fixed] == upper[fixed])) {
      answers <- c(answers, list(list(beta = beta, fixed = fixed, free = free, fit = fit)))
    }
  }
  deviances <- vapply(answers, function(answer) deviance_at(answer$beta), 0)
  answer <- answers[[which.min(deviances)]]
  beta <- answer$beta

  loose <- lower < upper
  start <- pmin(pmax(beta + 0.01 * (abs(beta) + 0.1), lower), upper)
  check <- optim(start[loose], function(values) deviance_at(replace(beta, loose, values)),
    method = "L-BFGS-B", lower = lower[loose], upper = upper[loose], control = list(factr = 1e4, maxit = 5000)
  )
  stopifnot(check$value >= deviance_at(beta) - 1e-9, check$value - deviance_at(beta) < 1e-4)

  known <- family$family %in% c("poisson", "binomial")
  fitted <- answer$fit
  df <- length(y) - length(answer$free)
  mu <- fitted$fitted.values
  dispersion <- if (known) 1 else sum(weights * (y - mu)^2 / family$variance(mu)) / df
  unscaled <- chol2inv(fitted$qr$qr[seq_along(answer$free), seq_along(answer$free), drop = FALSE])
  errors <- setNames(rep(NA_real_, length(names)), names)
  errors[answer$free] <- sqrt(dispersion * diag(unscaled))
  statistics <- beta / errors
  p <- if (known) 2 * pnorm(-abs(statistics)) else 2 * pt(-abs(statistics), df)
  list(
    name = scalar(case$name),
    data = scalar(case$data),
    config = configuration(case),
    expected = list(
      coefficients = lapply(names, function(name) {
        list(
          name = scalar(name), estimate = scalar(beta[[name]]), standardError = scalar(errors[[name]]),
          statistic = scalar(statistics[[name]]), pValue = scalar(p[[name]]), atBound = scalar(name %in% answer$fixed)
        )
      }),
      dispersion = scalar(dispersion),
      deviance = scalar(deviance_at(beta)),
      aic = scalar(fitted$aic),
      degreesOfFreedom = scalar(df)
    )
  )
}

write_json(lapply(cases, fit_case), "test/examples/glm/fixtures/constrained.json")
