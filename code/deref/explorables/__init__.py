"""What pages let their readers play with: trained models and worked examples, as numbers for the scripts of the site.

One module an explorable, so that a page depends on no other's models. Each exports, beside what its script runs on,
what PyTorch makes of a few inputs; tests in a browser compare the two.
"""
