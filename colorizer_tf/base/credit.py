"""Words in the credit that outputs carry."""

# After a model's name: the lightness is no longer the photo's own.
RESTORED = ", after the photo was restored"
