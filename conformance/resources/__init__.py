"""Resources: what one container requests, or uses, is not another's."""
