# Tails and quantiles of the normal and Student's t distribution, and the log gamma function.

source(".ci/reference/glm/json.R")

x <- c(-38, -12, -6.5, -5.5, -3, -1.96, -0.7, -0.6744, -0.1, 0, 1e-10, 0.3, 0.67, 0.68, 1, 2, 4.5, 5.6, 5.7, 8, 20, 37)
p <- c(1e-300, 1e-20, 1e-10, 1e-5, 0.001, 0.025, 0.07, 0.08, 0.3, 0.5, 0.6, 0.92, 0.975, 0.999999)
t <- c(1e-8, 0.01, 0.3, 1, 1.5, 2, 3.7, 8, 25, 300)
df <- c(1, 2, 3, 5.5, 10, 19, 21, 54, 200, 5000, 1e6)
g <- c(1e-5, 0.1, 0.5, 1, 1.5, 2, 3.3, 9.99, 10, 11.5, 50, 157, 1e4, 1e8)
grid <- expand.grid(t = t, df = df)
write_json(list(
  normalUpperTail = Map(function(x, value) c(x, value), x, pnorm(x, lower.tail = FALSE)),
  normalQuantile = Map(function(p, value) c(p, value), p, qnorm(p)),
  studentTwoSided = Map(function(t, df, value) c(t, df, value), grid$t, grid$df, 2 * pt(-grid$t, grid$df)),
  studentUpperQuantile = Map(function(df, value) c(0.025, df, value), df, qt(0.975, df)),
  logGamma = Map(function(g, value) c(g, value), g, lgamma(g))
), "test/examples/glm/fixtures/distributions.json")
