"""Control: learn to act well by acting, many independent runs side by side."""
