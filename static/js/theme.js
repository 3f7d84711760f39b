// Before the page is painted: the visitor's choice of theme. The server knows "dark" only.
{
  const chosen = document.cookie.match(/(?:^|; )theme=(dark|light)/);
  if (chosen) document.documentElement.dataset.theme = chosen[1];
}
