"""The operators of expression trees, by family. `forms.expressions` puts them together."""
