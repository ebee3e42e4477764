"""What was printed on 14 x 14 MNIST by others."""

STOUDENMIRE = {10: 0.05, 20: 0.02, 120: 0.0097}  # bond -> test error; Stoudenmire and Schwab, NIPS 2016, section 6
HAN_LOGGED = {  # bond -> training NLL in nats, and seconds per loop on their GPUs: 1,000 MNIST digits, 28 x 28
    10: (95.19, 99),
    20: (77.10, 73),
    50: (55.06, 83),
    100: (39.86, 95),
    200: (26.83, 168),
    500: (12.95, 536),
    1000: (7.078, 1998),
}
