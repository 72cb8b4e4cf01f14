# Data on which every family and link can be fitted: 60 rows from a fixed seed, rounded so that CSV holds them exactly.

set.seed(20240229)
n <- 60
x1 <- round(rnorm(n), 3)
x2 <- round(runif(n, 0, 2), 3)
region <- sample(c("south", "north", "east", "west"), n, replace = TRUE)
sex <- sample(c("f", "m"), n, replace = TRUE)
exposure <- round(runif(n, 0.5, 3), 2)
trials <- sample(3:20, n, replace = TRUE)
weight <- round(runif(n, 0.4, 2.5), 1)
shift <- round(runif(n, 0, 0.5), 2)

region_effect <- c(south = 0, north = 0.3, east = -0.2, west = 0.5)[region]
sex_effect <- ifelse(sex == "m", 0.25, 0)
eta <- 0.4 * x1 - 0.3 * x2 + region_effect + sex_effect

real <- round(1 + eta + rnorm(n, sd = 0.5), 3)
positive <- round(exp(0.5 + 0.5 * eta) * exp(rnorm(n, sd = 0.1)), 3)
# Its means stay away from 0 for the links identity and inverse.
steady <- round(rgamma(n, shape = 8, scale = (4 + 0.5 * x1 + 0.8 * x2 + region_effect) / 8), 3)
binary <- rbinom(n, 1, plogis(0.2 + eta))
# Small probabilities, so that the link log can be fitted.
share <- rbinom(n, trials, exp(-1.4 + 0.3 * (eta - 0.2))) / trials
count <- rpois(n, exposure * exp(0.8 + 0.6 * eta))
many <- rpois(n, 6 + x1 + 1.5 * x2 + region_effect)

data <- data.frame(
  x1, x2, region, sex, exposure, trials, weight, shift,
  real, positive, steady, binary, share, count, many
)
write.csv(data, "test/examples/glm/fixtures/data.csv", row.names = FALSE, quote = FALSE)
