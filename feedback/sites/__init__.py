"""Sites, the tenants: origins, theme, languages, working hours and holidays."""
