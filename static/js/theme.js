// Before the page is painted: the visitor's choice of theme (the server knows "dark" only), and that scripts run at all.
{
  const chosen = document.cookie.match(/(?:^|; )theme=(dark|light)/);
  if (chosen) document.documentElement.dataset.theme = chosen[1];
  document.documentElement.classList.add("scripted");
}
