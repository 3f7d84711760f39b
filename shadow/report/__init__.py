"""Reports: `build` takes the numbers from the store, the renderers compute nothing."""
