--- The console's elements. What changes is filled in by its script; data-t names a text of
--- wxlive.sandbox.console.words.
return [==[
<!DOCTYPE html>
<html lang="@lang@">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>wxlive sandbox</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'
 viewBox='0 0 8 8'%3E%3Crect width='8' height='8' rx='2' fill='%230b7a4b'/%3E%3Cpath
 d='M3 2.2v3.6L6 4z' fill='white'/%3E%3C/svg%3E">
<style nonce="@nonce@">@style@</style>
</head>
<body>
<a class="skip" href="#main" data-t="skip"></a>
<header>
  <h1 data-t="title"></h1>
  <span id="link" class="link" role="status"></span>
  <code id="where"></code>
  <code id="who"></code>
  <span class="gap"></span>
  <label id="accounts" hidden><span data-t="account"></span> <select id="account"></select></label>
  <button id="reset" class="danger"></button>
  <button id="language" class="quiet" data-t="other"></button>
</header>
<nav id="nav"></nav>
<noscript><p class="card">This page needs JavaScript. 此页面需要启用 JavaScript。</p></noscript>
<main id="main" tabindex="-1">
<section class="card clock" id="s-clock" aria-labelledby="h-clock">
  <h2 id="h-clock" class="unseen" data-t="clock"></h2>
  <div class="face">
    <time id="time"></time>
    <span><span data-t="beijing"></span> · <span id="pace"></span></span>
  </div>
  <div class="tools" id="advance"></div>
  <form class="tools" id="set">
    <label><span data-t="set_to"></span>
      <input type="datetime-local" id="moment" step="1" required></label>
    <button data-t="set"></button>
  </form>
  <div class="tools">
    <button id="freeze"></button>
    <button id="real" data-t="real"></button>
  </div>
</section>

<section class="card" id="s-rooms" aria-labelledby="h-rooms">
  <div class="head">
    <h2 id="h-rooms" tabindex="-1"><span data-t="rooms"></span> <span id="n-rooms"></span></h2>
    <div class="switch" id="span" role="group"></div>
  </div>
  <div id="chart">
    <div class="row axis" aria-hidden="true"><span></span><div class="track" id="axis"></div></div>
    <div id="rooms" role="list"></div>
  </div>
  <p class="note" id="e-rooms"></p>
</section>

<div class="columns">
<div>
<section class="card" id="s-goods" aria-labelledby="h-goods">
  <div class="head">
    <h2 id="h-goods" tabindex="-1"><span data-t="goods"></span> <span id="n-goods"></span></h2>
    <label class="check"><input type="checkbox" id="manual"> <span data-t="by_hand"></span></label>
  </div>
  <p class="note" id="auditing"></p>
  <div id="goods" class="rows tall" role="list"></div>
  <p class="note" id="e-goods"></p>
</section>

<section class="card" id="s-log" aria-labelledby="h-log">
  <div class="head">
    <h2 id="h-log" tabindex="-1"><span data-t="log"></span> <span id="n-log"></span></h2>
    <label class="check"><input type="checkbox" id="refused">
      <span data-t="only_refused"></span></label>
    <input type="search" id="filter" data-hint="filter" autocomplete="off" spellcheck="false">
  </div>
  <div id="log" class="rows tall" role="list"></div>
  <p class="note" id="e-log"></p>
</section>

<section class="card" id="s-roles" aria-labelledby="h-roles">
  <div class="head">
    <h2 id="h-roles"><span data-t="roles"></span> <span id="n-roles"></span></h2>
  </div>
  <div id="roles" class="rows tall" role="list"></div>
  <p class="note" id="e-roles"></p>
</section>
</div>

<div>
<section class="card" id="s-faults" aria-labelledby="h-faults">
  <div class="head">
    <h2 id="h-faults" tabindex="-1">
      <span data-t="faults"></span> <span id="n-faults"></span></h2>
    <button id="clear" class="quiet" data-t="clear" hidden></button>
  </div>
  <form id="fault" class="fields">
    <label><span data-t="fault_on"></span> <select id="on"></select></label>
    <label><span data-t="kind"></span> <select id="kind"></select></label>
    <div class="tools">
      <label><span data-t="times"></span>
        <input id="times" type="number" min="1" max="999" value="1" required></label>
      <label id="l-code"><span data-t="code"></span>
        <input id="code" type="number" value="-1" required></label>
      <label id="l-seconds"><span data-t="seconds"></span>
        <input id="seconds" type="number" min="0" max="600" step="any" value="2" required></label>
      <button class="main" data-t="switch_on"></button>
    </div>
  </form>
  <div id="faults" class="rows" role="list"></div>
  <p class="note" id="e-faults"></p>
</section>

<section class="card" id="s-deliveries" aria-labelledby="h-deliveries">
  <div class="head">
    <h2 id="h-deliveries"><span data-t="deliveries"></span> <span id="n-deliveries"></span></h2>
  </div>
  <p class="note" id="target"></p>
  <div id="deliveries" class="rows tall" role="list"></div>
  <p class="note" id="e-deliveries"></p>
</section>

<section class="card" id="s-quotas" aria-labelledby="h-quotas">
  <div class="head"><h2 id="h-quotas" data-t="quotas"></h2></div>
  <div id="quotas" role="list"></div>
  <p class="note" id="e-quotas"></p>
  <details id="rest"><summary id="n-rest"></summary><div id="unused" role="list"></div></details>
</section>

<section class="card" id="s-followers" aria-labelledby="h-followers">
  <div class="head">
    <h2 id="h-followers" tabindex="-1">
      <span data-t="followers"></span> <span id="n-followers"></span></h2>
    <button id="follow" data-t="follow"></button>
  </div>
  <div id="followers" class="rows tall" role="list"></div>
  <p class="note" id="e-followers"></p>
</section>
</div>
</div>
</main>
<div id="toast" role="alert" hidden></div>
<script type="application/json" id="facts">@facts@</script>
<script nonce="@nonce@">@script@</script>
</body>
</html>
]==]
