package config

// limits are the ceilings that an installation sets.
func (c *Config) limits() section {
	const most = 1_000_000
	return section{path: "limits", rows: []row{
		number("intake", &c.Limits.Intake, 10_000, 1, most).says("requests that may wait"),
		number("requests_per_hour", &c.Limits.PerHour, 12_000, 1, most).says(
			"in any hour: sign-ups, and likewise corrections; three quarters are kept for networks not seen lately"),
		number("requests_per_network_per_hour", &c.Limits.PerNetworkHour, 200, 1, most).says(
			"from one IPv4 /24 or IPv6 /64; a /56, /48 or IPv4 /16 may ask 2, 4 or 8 times as often"),
	}}
}
