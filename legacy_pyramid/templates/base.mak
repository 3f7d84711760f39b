<!DOCTYPE html>
<html lang="en" data-theme="${layout.theme}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="csrf-token" content="${layout.csrf_token}">
    <title>${self.title()} | Stockfish Testing</title>
    <link rel="icon" href="${layout.static_url('img/favicon.svg')}">
    <link rel="stylesheet" href="${layout.static_url('css/site.css')}">
    <script src="${layout.static_url('js/theme.js')}"></script>
    <script src="${layout.static_url('js/site.js')}" defer></script>
  </head>
  <body>
    <header class="bar">
      <a class="brand" href="/tests">Fishtest</a>
      <nav aria-label="Main">
        <a href="/tests">Tests</a>
      </nav>
      <p class="pending-users">Pending users: <span id="pending-users">${layout.pending_users}</span></p>
      <button type="button" id="theme" title="Switch between light and dark">Theme</button>
% if layout.username:
      <span id="username">${layout.username}</span>
      <button type="button" id="logout">Log out</button>
% else:
      <a id="login" href="/login">Log in</a>
% endif
    </header>
    <main>
% for kind, message in layout.flashes():
      <p class="flash ${kind}" role="${'alert' if kind == 'error' else 'status'}">${message}</p>
% endfor
${next.body()}
    </main>
  </body>
</html>
