/// The report's elements; the script fills them.
enum ReportBody {
    static let html = """
        <main>
        <h1 id="title"></h1>
        <div id="notes"></div>
        <div class="dim mono" id="method"></div>
        <div class="cards" id="cards"></div>
        <section id="comparison"></section>
        <div class="columns" id="overview">
        <section><h2>Utterances by word error rate</h2><div class="bars" id="bars"></div><div class="axis" id="axis"></div></section>
        </div>
        <h2>Most frequent errors</h2>
        <div class="columns" id="frequent"></div>
        <h2>Utterances</h2>
        <div class="controls">
        <input type="search" id="search" placeholder="Search texts, ids, speakers; a>b finds a confusion" autocomplete="off">
        <select id="filter">
        <option value="all">all utterances</option>
        <option value="wrong">with errors</option>
        <option value="S">with substitutions</option>
        <option value="D">with deletions</option>
        <option value="I">with insertions</option>
        <option value="better" class="two">second system better</option>
        <option value="worse" class="two">first system better</option>
        </select>
        <span id="count" class="dim"></span>
        <span class="legend"><span class="s">substituted</span><span class="d">deleted</span><span class="i">inserted</span></span>
        </div>
        <table id="table"><thead><tr id="head"></tr></thead><tbody id="rows"></tbody></table>
        <div id="end"></div>
        </main>
        <noscript>This report needs JavaScript (it runs offline).</noscript>

        """
}
