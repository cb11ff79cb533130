"""What a heat pump plant does now, from what its meters show at one moment."""
