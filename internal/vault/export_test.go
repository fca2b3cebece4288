package vault

// Cold is the same vault as another program would begin it.
func (v *Vault) Cold() *Vault { return New(v.keeper, v.now) }
