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
${self.scripts()}
  </head>
  <body>
    <a class="skip" href="#main">Skip to the content</a>
    <header class="bar">
      <button type="button" id="menu" aria-expanded="false" aria-controls="rooms">Menu</button>
      <a class="brand" href="/tests">Fishtest</a>
      <nav id="rooms" class="rooms" aria-label="Main">
% for path, name in layout.rooms():
        <a href="${path}" aria-current="${'page' if layout.is_here(path) else 'false'}">${name}</a>
% endfor
      </nav>
      <div class="visitor">
        <span class="pending-users">Pending users: <span id="pending-users">${layout.pending_users}</span></span>
        <button type="button" id="theme" title="Switch between light and dark"><span aria-hidden="true">◐</span><span class="unseen">Theme</span></button>
% if layout.username:
        <a id="profile" href="/user" title="Your profile"><span id="username">${layout.username}</span></a>
        <button type="button" id="logout">Log out</button>
% else:
        <a id="signup" href="/signup">Sign up</a>
        <a id="login" href="/login">Log in</a>
% endif
      </div>
    </header>
    <main id="main">
% for kind, message in layout.flashes():
      <p class="flash ${kind}" role="${'alert' if kind == 'error' else 'status'}">${message}</p>
% endfor
${next.body()}
    </main>
  </body>
</html>
<%def name="scripts()"></%def>\
