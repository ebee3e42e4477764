"""The words that the comparison of samplers knows. No torch here: functions and key rules both import them."""

MOVING = ("euler", "leimkuhler_matthews", "baoa", "preconditioned")  # equations of motion at T
COLD = ("masks", "minima", "descent")  # gradient descent: T = 0
WITH_STEP = MOVING + COLD
SAMPLERS = (*WITH_STEP, "hmc")
